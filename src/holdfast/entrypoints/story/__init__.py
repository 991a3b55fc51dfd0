"""The demo's story: the three founding documents played on a real desk, every figure compared with one made by hand."""
