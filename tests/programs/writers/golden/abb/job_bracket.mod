MODULE job_bracket
  ! Written by Cellwright in RAPID for IRC5 and OmniCore
  ! robot 'abb/test-arm', model 'test arm'
  ! job 'bracket', plan c5b82687daba5ef2
  ! job_bracket is 'bracket'
  ! cw_tool_torch_45 is 'torch 45'
  ! cw_wobj_part is 'part'
  ! axis map: 1 independent test vectors agree
  ! UNVERIFIED: cfx = 4 rear + 2 wrist behind the lower arm + 1 axis 5 negative, in this model
  ! UNVERIFIED: MoveAbsJ takes the time that the way of the tool needs at v_tcp
  ! UNVERIFIED: CirPathMode ObjectFrame turns the tool at a constant rate about one axis along an arc
  ! UNVERIFIED: weld data are in mm/s, A and V (welding units of the arc configuration)
  ! Run it first without the process, at reduced speed, with a hand on the enabling switch.
  ! The world frame of the controller must be the base frame of the robot, as it is from the factory.
  ! Welding needs the arc option of the controller. Block the process in its window for the dry run.
  PERS tooldata cw_tool_torch_45:=[TRUE,[[30.0000,1.0000,360.0000],[0.923879533,0.000000000,0.382683432,0.000000000]],[2.500,[10.000,0.000,120.000],[1,0,0,0],0,0,0]];
  PERS wobjdata cw_wobj_part:=[FALSE,TRUE,"",[[914.1274,119.8796,400.0000],[0.905445183,0.039532590,0.018434350,0.422216023]],[[0,0,0],[1,0,0,0]]];
  LOCAL CONST jointtarget cw_j1:=[[0.000000,-20.000000,20.000000,0.000000,60.000000,0.000000],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v1:=[100.000,50.000,5000,1000];
  LOCAL CONST jointtarget cw_j2:=[[-16.878061,19.436032,24.327499,60.081962,78.324605,-72.582022],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v2:=[705.525,132.239,5000,1000];
  PERS welddata cw_weld1:=[8.0000,0,[3,0,24.00,0,0,220.00,0,0,0],[0,0,0,0,0,0,0,0,0]];
  PERS seamdata cw_seam1:=[0,0,[0,0,0,0,0,0,0,0,0],0,0,0,0,0,[0,0,0,0,0,0,0,0,0],0,0,[0,0,0,0,0,0,0,0,0],0,0,[0,0,0,0,0,0,0,0,0],0];
  LOCAL CONST robtarget cw_p1:=[[0.0000,0.0000,0.0000],[0.013504616,-0.032603026,-0.923304085,-0.382445074],[-1,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v3:=[100.0000,500,5000,1000];
  LOCAL CONST zonedata cw_z1:=[FALSE,1.000,1.500,1.500,0.150,1.500,0.150];
  LOCAL CONST robtarget cw_p2:=[[120.0000,0.0000,0.0000],[0.013504616,-0.032603026,-0.923304085,-0.382445074],[-1,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v4:=[8.0000,500,5000,1000];
  LOCAL CONST robtarget cw_p3:=[[155.3553,14.6447,0.0000],[0.144577437,0.004879045,-0.923866649,-0.354321851],[0,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST robtarget cw_p4:=[[170.0000,50.0000,0.0000],[0.272425786,-0.006261498,-0.923858314,-0.268757885],[0,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST zonedata cw_z2:=[FALSE,10.000,15.000,15.000,1.500,15.000,1.500];
  LOCAL CONST robtarget cw_p5:=[[170.0000,50.0000,60.0000],[0.272425786,-0.006261498,-0.923858314,-0.268757885],[0,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v5:=[250.0000,500,5000,1000];
  LOCAL CONST jointtarget cw_j3:=[[-14.533578,6.759187,42.078252,70.909538,72.717755,-78.696602],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v6:=[370.435,77.188,5000,1000];
  PERS weavedata cw_weave1:=[1,0,4.0000,4.000,0,0,0,0,0,0,0,0,0,0,0];
  LOCAL CONST robtarget cw_p6:=[[0.0000,150.0000,0.0000],[0.051705527,0.059523509,0.921960055,0.379174297],[-1,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST robtarget cw_p7:=[[120.0000,150.0000,0.0000],[0.051705527,0.059523509,0.921960055,0.379174297],[-1,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST robtarget cw_p8:=[[170.0000,200.0000,0.0000],[0.208657420,0.008049747,-0.923844463,-0.320793844],[0,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST robtarget cw_p9:=[[170.0000,200.0000,60.0000],[0.208657420,0.008049747,-0.923844463,-0.320793844],[0,0,-1,0],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST zonedata cw_z3:=[FALSE,20.000,30.000,30.000,3.000,30.000,3.000];
  LOCAL CONST jointtarget cw_j4:=[[2.445059,-1.144920,17.884898,22.271558,67.228495,-24.742648],[9E+09,9E+09,9E+09,9E+09,9E+09,9E+09]];
  LOCAL CONST speeddata cw_v7:=[870.891,116.409,5000,1000];
  LOCAL CONST speeddata cw_v8:=[1024.366,129.555,5000,1000];

  PROC run_job_bracket()
    ConfJ\On;
    ConfL\On;
    CirPathMode\ObjectFrame;
    MoveAbsJ cw_j1\NoEOffs,cw_v1,fine,cw_tool_torch_45;
    MoveAbsJ cw_j2\NoEOffs,cw_v2,fine,cw_tool_torch_45;
    ! 'seam_1'
    ArcLStart cw_p1,cw_v3,cw_seam1,cw_weld1,fine,cw_tool_torch_45\WObj:=cw_wobj_part;
    ! process_on (current=220, job=3, voltage=24)
    ArcL cw_p2,cw_v4,cw_seam1,cw_weld1,cw_z1,cw_tool_torch_45\WObj:=cw_wobj_part;
    ArcCEnd cw_p3,cw_p4,cw_v4,cw_seam1,cw_weld1,fine,cw_tool_torch_45\WObj:=cw_wobj_part;
    ! process_off
    MoveL cw_p5,cw_v5,cw_z2,cw_tool_torch_45\WObj:=cw_wobj_part;
    MoveAbsJ cw_j3\NoEOffs,cw_v6,fine,cw_tool_torch_45;
    ! 'seam_2'
    ArcLStart cw_p6,cw_v3,cw_seam1,cw_weld1\Weave:=cw_weave1,fine,cw_tool_torch_45\WObj:=cw_wobj_part;
    ! weave_on (amplitude=0.002, frequency=2, shape='zigzag')
    ! process_on (current=220, job=3, voltage=24)
    ArcL cw_p7,cw_v4,cw_seam1,cw_weld1\Weave:=cw_weave1,cw_z1,cw_tool_torch_45\WObj:=cw_wobj_part;
    ArcLEnd cw_p8,cw_v4,cw_seam1,cw_weld1\Weave:=cw_weave1,fine,cw_tool_torch_45\WObj:=cw_wobj_part;
    ! process_off
    ! weave_off
    MoveL cw_p9,cw_v5,cw_z2,cw_tool_torch_45\WObj:=cw_wobj_part;
    MoveAbsJ cw_j4\NoEOffs,cw_v7,cw_z3,cw_tool_torch_45;
    MoveAbsJ cw_j1\NoEOffs,cw_v8,fine,cw_tool_torch_45;
    CirPathMode\PathFrame;
  ENDPROC
ENDMODULE
