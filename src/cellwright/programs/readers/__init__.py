"""One reader a brand, written from grammars and samples."""
