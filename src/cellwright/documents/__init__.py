"""What people look at: report, pictures."""
