"""Parts: exact CAD and meshes."""
