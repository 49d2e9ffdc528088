"""Robot programs: writers, independent readers, proof."""
