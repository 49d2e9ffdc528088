-- Written by Cellwright in Lua for Dobot
-- robot 'dobot/test-arm', model 'test arm'
-- job 'bracket', plan c5b82687daba5ef2
-- job_bracket is 'bracket'
-- tool 9 is 'torch 45'
-- user 9 is 'part'
-- CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model
-- UNVERIFIED: SetUser and SetTool hold for the run of the program
-- UNVERIFIED: r begins a corner of MovL and Arc r mm before it; MovJ has a share cp only, 1 is the narrowest
-- UNVERIFIED: v of MovJ counts of the largest speed, with the speed that is chosen at the pendant
-- Run it first without the process, at reduced speed, with a hand on the enabling switch.
function cw_process_on(seam, job, current, voltage)
  -- seam counts from 1, current in A, voltage in V, -1 = not given
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here, such as DO(..., ON)
end
function cw_process_off(seam)
  -- seam counts from 1
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here, such as DO(..., ON)
end
function cw_weave_on(seam, amplitude, frequency)
  -- amplitude in mm to each side, frequency in Hz
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here, such as DO(..., ON)
end
function cw_weave_off(seam)
  -- seam counts from 1
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here, such as DO(..., ON)
end
SetUser(9, {914.1274, 119.8796, 400.0000, 5.000000, 0.000000, 50.000000})
SetTool(9, {30.0000, 1.0000, 360.0000, 0.000000, 45.000000, 0.000000})
SetPayload(2.500, {10.000, 0.000, 120.000})
MovJ({joint={0.000000, -20.000000, 20.000000, 0.000000, 60.000000, 0.000000}}, {user=9, tool=9, v=10, cp=0})
MovJ({joint={-16.878061, 19.436032, 24.327499, 60.081962, 78.324605, -72.582022}}, {user=9, tool=9, v=40, cp=0})
-- 'seam_1'
MovL({pose={0.0000, 0.0000, 0.0000, 135.071441, -2.858840, 177.137595}}, {user=9, tool=9, speed=100.0000, cp=0})
-- process_on (current=220, job=3, voltage=24)
cw_process_on(1, 3, 220.000, 24.000)
MovL({pose={120.0000, 0.0000, 0.0000, 135.071441, -2.858840, 177.137595}}, {user=9, tool=9, speed=8.0000, r=1.000})
Arc({pose={155.3553, 14.6447, 0.0000, 137.142689, -15.288714, -173.364145}}, {pose={170.0000, 50.0000, 0.0000, 145.105870, -30.446348, -170.999940}}, {user=9, tool=9, speed=8.0000, cp=0})
cw_process_off(1)
MovL({pose={170.0000, 50.0000, 60.0000, 145.105870, -30.446348, -170.999940}}, {user=9, tool=9, speed=250.0000, r=10.000})
MovJ({joint={-14.533578, 6.759187, 42.078252, 70.909538, 72.717755, -78.696602}}, {user=9, tool=9, v=40, cp=0})
-- 'seam_2'
MovL({pose={0.0000, 150.0000, 0.0000, 135.072380, 2.877532, 171.422012}}, {user=9, tool=9, speed=100.0000, cp=0})
-- weave_on (amplitude=0.002, frequency=2, shape='zigzag')
cw_weave_on(2, 2.000, 2.000)
-- process_on (current=220, job=3, voltage=24)
cw_process_on(2, 3, 220.000, 24.000)
MovL({pose={120.0000, 150.0000, 0.0000, 135.072380, 2.877532, 171.422012}}, {user=9, tool=9, speed=8.0000, r=1.000})
MovL({pose={170.0000, 200.0000, 0.0000, 139.869325, -22.356565, -170.744654}}, {user=9, tool=9, speed=8.0000, cp=0})
cw_process_off(2)
cw_weave_off(2)
MovL({pose={170.0000, 200.0000, 60.0000, 139.869325, -22.356565, -170.744654}}, {user=9, tool=9, speed=250.0000, r=10.000})
MovJ({joint={2.445059, -1.144920, 17.884898, 22.271558, 67.228495, -24.742648}}, {user=9, tool=9, v=40, cp=1})
MovJ({joint={0.000000, -20.000000, 20.000000, 0.000000, 60.000000, 0.000000}}, {user=9, tool=9, v=40, cp=0})
