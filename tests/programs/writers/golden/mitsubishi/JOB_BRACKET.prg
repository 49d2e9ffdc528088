1 'Written by Cellwright in MELFA-BASIC V
2 'robot 'mitsubishi/test-arm', model 'test arm'
3 'job 'bracket', plan 7d6b76fb47ef6607
4 'JOB_BRACKET is 'bracket'
5 'Tool is 'torch 45'
6 'Base 1 is 'part'
7 'CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model
8 'UNVERIFIED: A B C: Rz(C) Ry(B) Rx(A)
9 'UNVERIFIED: Base is the robot's base seen from the frame of the positions, the inverse of the user frame
10 'UNVERIFIED: FL1: 4 right + 2 above + 1 not flipped; FL2: whole turns, 4 bits an axis
11 'UNVERIFIED: Cnt 1,r,r begins a corner r before it
12 'Run it first without the process, at reduced speed, with a hand on the enabling switch.
13 Servo On
14 Ovrd 100
15 Tool (30.0000,1.0000,360.0000,0.00000,45.00000,0.00000)
16 'The hand's load must be set: 2.500 kg at 10.0, 0.0, 120.0 mm seen from the face
17 Base (-679.4229,585.9713,-452.7938,-3.21873,-3.82821,-49.89240)
18 Cnt 0
19 JOvrd 10.0
20 Mov J1
21 JOvrd 40.0
22 Mov J2
23 ''seam_1'
24 Spd 100.000
25 Mvs P3
26 'process_on (current=220, job=3, voltage=24)
27 CallP "CW_PROC_ON",1,3,220.000,24.000
28 Cnt 1,1.000,1.000
29 Spd 8.000
30 Mvs P4
31 Cnt 0
32 Mvr P5,P6,P7
33 CallP "CW_PROC_OFF",1
34 Cnt 1,10.000,10.000
35 Spd 250.000
36 Mvs P8
37 Cnt 0
38 Mov J9
39 ''seam_2'
40 Spd 100.000
41 Mvs P10
42 'weave_on (amplitude=0.002, frequency=2, shape='zigzag')
43 CallP "CW_WEAV_ON",2,2.000,2.000
44 'process_on (current=220, job=3, voltage=24)
45 CallP "CW_PROC_ON",2,3,220.000,24.000
46 Cnt 1,1.000,1.000
47 Spd 8.000
48 Mvs P11
49 Cnt 0
50 Mvs P12
51 CallP "CW_PROC_OFF",2
52 CallP "CW_WEAV_OFF",2
53 Cnt 1,10.000,10.000
54 Spd 250.000
55 Mvs P13
56 Cnt 1,20.000,20.000
57 Mov J14
58 Cnt 0
59 Mov J15
60 Base P_NBase
61 End
J1=(0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000)
J2=(-16.87806,19.43603,24.32750,60.08196,78.32461,-72.58202)
P3=(0.0000,0.0000,0.0000,135.07144,-2.85884,177.13759)(7,0)
P4=(120.0000,0.0000,0.0000,135.07144,-2.85884,177.13759)(7,0)
P5=(120.0000,0.0000,0.0000,135.07144,-2.85884,177.13759)(7,0)
P6=(155.3553,14.6447,0.0000,137.14269,-15.28871,-173.36415)(7,0)
P7=(170.0000,50.0000,0.0000,145.10587,-30.44635,-170.99994)(7,0)
P8=(170.0000,50.0000,60.0000,145.10587,-30.44635,-170.99994)(7,0)
J9=(-14.53358,6.75919,42.07825,70.90954,72.71775,-78.69660)
P10=(0.0000,150.0000,0.0000,135.07238,2.87753,171.42201)(7,0)
P11=(120.0000,150.0000,0.0000,135.07238,2.87753,171.42201)(7,0)
P12=(170.0000,200.0000,0.0000,139.86932,-22.35657,-170.74465)(7,0)
P13=(170.0000,200.0000,60.0000,139.86932,-22.35657,-170.74465)(7,0)
J14=(2.44506,-1.14492,17.88490,22.27156,67.22849,-24.74265)
J15=(0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000)
