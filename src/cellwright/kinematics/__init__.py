"""Kinematics, one file a family, on a plain chain of joints."""
