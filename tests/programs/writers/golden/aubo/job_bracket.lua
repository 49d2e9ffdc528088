-- Written by Cellwright in Lua for AUBO ARCS
-- robot 'aubo/test-arm', model 'test arm'
-- job 'bracket', plan c5b82687daba5ef2
-- job_bracket is 'bracket'
-- the tool is 'torch 45'
-- cw_user_part is 'part'
-- CONVENTION UNVERIFIED: sign and zero of the axes, root and face of this model
-- UNVERIFIED: the rate of moveJoint is that of the joint that turns farthest
-- UNVERIFIED: a blend radius begins that far before the corner
-- UNVERIFIED: a move without a blend radius is over before the next statement
-- UNVERIFIED: setCirclePathMode(0) turns the tool at a constant rate about one axis
-- Run it first without the process, at reduced speed, with a hand on the enabling switch.
local function cw_process_on(seam, job, current, voltage)
  -- seam counts from 1, current in A, voltage in V, -1 = not given
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here
end
local function cw_process_off(seam)
  -- seam counts from 1
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here
end
local function cw_weave_on(seam, amplitude, frequency)
  -- amplitude in mm to each side, frequency in Hz
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here
end
local function cw_weave_off(seam)
  -- seam counts from 1
  -- TO FILL: does nothing yet, the welder's signals of this cell belong here
end
local cw_user_part = {0.9141274, 0.1198796, 0.4000000, 0.0872665, 0.0000000, 0.8726646}
setTcpOffset({0.0300000, 0.0010000, 0.3600000, 0.0000000, 0.7853982, 0.0000000})
setPayload(2.500, {0.0100, 0.0000, 0.1200}, {0, 0, 0}, {0, 0, 0, 0, 0, 0})
setCirclePathMode(0)
moveJoint({0.0000000, -0.3490659, 0.3490659, 0.0000000, 1.0471976, 0.0000000}, 0.523599, 0.314159, 0, 0)
moveJoint({-0.2945777, 0.3392228, 0.4245950, 1.0486281, 1.3670222, -1.2667953}, 0.523599, 2.312841, 0, 0)
-- 'seam_1'
moveLine(poseTrans(cw_user_part, {0.0000000, 0.0000000, 0.0000000, 2.3574414, -0.0498962, 3.0916343}), 1.200, 0.100000, 0, 0)
-- process_on (current=220, job=3, voltage=24)
cw_process_on(1, 3, 220.000, 24.000)
moveLine(poseTrans(cw_user_part, {0.1200000, 0.0000000, 0.0000000, 2.3574414, -0.0498962, 3.0916343}), 1.200, 0.008000, 0.001000, 0)
moveCircle(poseTrans(cw_user_part, {0.1553553, 0.0146447, 0.0000000, 2.3935915, -0.2668384, -3.0257751}), poseTrans(cw_user_part, {0.1700000, 0.0500000, 0.0000000, 2.5325752, -0.5313890, -2.9845120}), 1.200, 0.008000, 0, 0)
cw_process_off(1)
moveLine(poseTrans(cw_user_part, {0.1700000, 0.0500000, 0.0600000, 2.5325752, -0.5313890, -2.9845120}), 1.200, 0.250000, 0.010000, 0)
moveJoint({-0.2536588, 0.1179701, 0.7344040, 1.2376049, 1.2691642, -1.3735148}, 0.523599, 1.326450, 0, 0)
-- 'seam_2'
moveLine(poseTrans(cw_user_part, {0.0000000, 0.1500000, 0.0000000, 2.3574578, 0.0502224, 2.9918785}), 1.200, 0.100000, 0, 0)
-- weave_on (amplitude=0.002, frequency=2, shape='zigzag')
cw_weave_on(2, 2.000, 2.000)
-- process_on (current=220, job=3, voltage=24)
cw_process_on(2, 3, 220.000, 24.000)
moveLine(poseTrans(cw_user_part, {0.1200000, 0.1500000, 0.0000000, 2.3574578, 0.0502224, 2.9918785}), 1.200, 0.008000, 0.001000, 0)
moveLine(poseTrans(cw_user_part, {0.1700000, 0.2000000, 0.0000000, 2.4411802, -0.3901957, -2.9800564}), 1.200, 0.008000, 0, 0)
cw_process_off(2)
cw_weave_off(2)
moveLine(poseTrans(cw_user_part, {0.1700000, 0.2000000, 0.0600000, 2.4411802, -0.3901957, -2.9800564}), 1.200, 0.250000, 0.010000, 0)
moveJoint({0.0426743, -0.0199826, 0.3121504, 0.3887120, 1.1733586, -0.4318407}, 0.523599, 1.649027, 0.020000, 0)
moveJoint({0.0000000, -0.3490659, 0.3490659, 0.0000000, 1.0471976, 0.0000000}, 0.523599, 1.649027, 0, 0)
