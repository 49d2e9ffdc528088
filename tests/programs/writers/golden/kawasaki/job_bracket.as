.PROGRAM job_bracket()
  ; Written by Cellwright in AS for Kawasaki
  ; robot 'kawasaki/test-arm', model 'test arm'
  ; job 'bracket', plan c5b82687daba5ef2
  ; job_bracket is 'bracket'
  ; TOOL is 'torch 45'
  ; BASE 1 is 'part'
  ; CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model
  ; UNVERIFIED: BASE is the user frame seen from the robot's own base frame
  ; UNVERIFIED: SPEED in percent counts for JMOVE, in MM/S for LMOVE and C1MOVE
  ; UNVERIFIED: ACCURACY is the distance from the corner where it begins
  ; UNVERIFIED: WEIGHT takes kg and mm seen from the face
  ; Run it first without the process, at reduced speed, with a hand on the enabling switch.
  TOOL TRANS(30.000,1.000,360.000,0.0000,45.0000,0.0000)
  WEIGHT 2.500,10.000,0.000,120.000
  BASE TRANS(914.127,119.880,400.000,-40.0000,5.0000,90.0000)
  SPEED 10.00 ALWAYS
  JMOVE #[0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000]
  BREAK
  SPEED 40.00 ALWAYS
  JMOVE #[-16.87806,19.43603,24.32750,60.08196,78.32461,-72.58202]
  BREAK
  ; 'seam_1'
  SPEED 100.000 MM/S ALWAYS
  LMOVE TRANS(0.000,0.000,0.000,90.0000,135.0000,94.0447)
  BREAK
  ; process_on (current=220, job=3, voltage=24)
  CALL cw_process_on(1,3,220.000,24.000)
  ACCURACY 1.000 ALWAYS
  SPEED 8.000 MM/S ALWAYS
  LMOVE TRANS(120.000,0.000,0.000,90.0000,135.0000,94.0447)
  C1MOVE TRANS(155.355,14.645,0.000,112.5000,135.0000,111.8948)
  C2MOVE TRANS(170.000,50.000,0.000,135.0000,135.0000,135.7766)
  BREAK
  CALL cw_process_off(1)
  ACCURACY 10.000 ALWAYS
  SPEED 250.000 MM/S ALWAYS
  LMOVE TRANS(170.000,50.000,60.000,135.0000,135.0000,135.7766)
  SPEED 40.00 ALWAYS
  JMOVE #[-14.53358,6.75919,42.07825,70.90954,72.71775,-78.69660]
  BREAK
  ; 'seam_2'
  SPEED 100.000 MM/S ALWAYS
  LMOVE TRANS(0.000,150.000,0.000,78.5408,135.0000,85.9288)
  BREAK
  ; weave_on (amplitude=0.002, frequency=2, shape='zigzag')
  CALL cw_weave_on(2,2.000,2.000)
  ; process_on (current=220, job=3, voltage=24)
  CALL cw_process_on(2,3,220.000,24.000)
  ACCURACY 1.000 ALWAYS
  SPEED 8.000 MM/S ALWAYS
  LMOVE TRANS(120.000,150.000,0.000,78.5408,135.0000,85.9288)
  LMOVE TRANS(170.000,200.000,0.000,123.5408,135.0000,122.5424)
  BREAK
  CALL cw_process_off(2)
  CALL cw_weave_off(2)
  ACCURACY 10.000 ALWAYS
  SPEED 250.000 MM/S ALWAYS
  LMOVE TRANS(170.000,200.000,60.000,123.5408,135.0000,122.5424)
  ACCURACY 20.000 ALWAYS
  SPEED 40.00 ALWAYS
  JMOVE #[2.44506,-1.14492,17.88490,22.27156,67.22849,-24.74265]
  JMOVE #[0.00000,-20.00000,20.00000,0.00000,60.00000,0.00000]
  BREAK
  BASE NULL
.END
.PROGRAM cw_process_on(.seam,.job,.current,.voltage)
  ; seam counts from 1, current in A, voltage in V, -1 = not given
  ; TO FILL: does nothing yet. With the arc option its instructions, else the welder's signals
.END
.PROGRAM cw_process_off(.seam)
  ; seam counts from 1
  ; TO FILL: does nothing yet. With the arc option its instructions, else the welder's signals
.END
.PROGRAM cw_weave_on(.seam,.amplitude,.frequency)
  ; amplitude in mm to each side, frequency in Hz
  ; TO FILL: does nothing yet. With the arc option its instructions, else the welder's signals
.END
.PROGRAM cw_weave_off(.seam)
  ; seam counts from 1
  ; TO FILL: does nothing yet. With the arc option its instructions, else the welder's signals
.END
