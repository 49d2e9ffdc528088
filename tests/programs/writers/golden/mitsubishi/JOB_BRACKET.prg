1 'Written by Cellwright in MELFA-BASIC V
2 'robot 'mitsubishi/test-arm', model 'test arm'
3 'job 'bracket', plan c5b82687daba5ef2
4 'JOB_BRACKET is 'bracket'
5 'Tool is 'torch 45'
6 'CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model
7 'UNVERIFIED: A B C: Rz(C) Ry(B) Rx(A)
8 'UNVERIFIED: positions count from the robot's own base frame (Base P_NBase)
9 'UNVERIFIED: FL1: 4 right + 2 above + 1 not flipped; FL2: whole turns, 4 bits an axis
10 'UNVERIFIED: Cnt 1,r,r begins a corner r before it
11 'Run it first without the process, at reduced speed, with a hand on the enabling switch.
12 Servo On
13 Ovrd 100
14 Tool (30.0000,1.0000,360.0000,0.00000,45.00000,0.00000)
15 'The hand's load must be set: 2.500 kg at 10.0, 0.0, 120.0 mm seen from the face
16 Base P_NBase
17 Cnt 0
18 JOvrd 10.0
19 Mov J1
20 JOvrd 40.0
21 Mov J2
22 ''seam_1'
23 Spd 100.000
24 Mvs P3
25 'process_on (current=220, job=3, voltage=24)
26 CallP "CW_PROC_ON",1,3,220.000,24.000
27 Cnt 1,1.000,1.000
28 Spd 8.000
29 Mvs P4
30 Cnt 0
31 Mvr P5,P6,P7
32 CallP "CW_PROC_OFF",1
33 Cnt 1,10.000,10.000
34 Spd 250.000
35 Mvs P8
36 Cnt 0
37 Mov J9
38 ''seam_2'
39 Spd 100.000
40 Mvs P10
41 'weave_on (amplitude=0.002, frequency=2, shape='zigzag')
42 CallP "CW_WEAV_ON",2,2.000,2.000
43 'process_on (current=220, job=3, voltage=24)
44 CallP "CW_PROC_ON",2,3,220.000,24.000
45 Cnt 1,1.000,1.000
46 Spd 8.000
47 Mvs P11
48 Cnt 0
49 Mvs P12
50 CallP "CW_PROC_OFF",2
51 CallP "CW_WEAV_OFF",2
52 Cnt 1,10.000,10.000
53 Spd 250.000
54 Mvs P13
55 Cnt 1,20.000,20.000
56 Mov J14
57 Cnt 0
58 Mov J15
59 End
J1=(0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000)
J2=(-16.87806,19.43603,24.32750,60.08196,78.32461,-72.58202)
P3=(914.1274,119.8796,400.0000,130.07037,-3.09735,-132.60241)(7,0)
P4=(991.2619,211.8049,400.0000,130.07037,-3.09735,-132.60241)(7,0)
P5=(991.2619,211.8049,400.0000,130.07037,-3.09735,-132.60241)(7,0)
P6=(1002.8121,248.2663,401.2764,132.00887,-14.65300,-122.03709)(7,0)
P7=(985.2448,282.1242,404.3578,139.42742,-29.54117,-118.15942)(7,0)
P8=(989.2507,278.7629,464.1295,139.42742,-29.54117,-118.15942)(7,0)
J9=(-14.53358,6.75919,42.07825,70.90954,72.71775,-78.69660)
P10=(799.6580,215.9308,413.0734,130.12505,2.12197,-138.79390)(7,0)
P11=(876.7925,307.8562,413.0734,130.12505,2.12197,-138.79390)(7,0)
P12=(870.7754,378.1755,417.4311,134.56573,-21.46655,-118.76421)(7,0)
P13=(874.7813,374.8141,477.2028,134.56573,-21.46655,-118.76421)(7,0)
J14=(2.44506,-1.14492,17.88490,22.27156,67.22849,-24.74265)
J15=(0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000)
