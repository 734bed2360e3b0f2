"""Questions: what people write, what is checked, and what an answer is."""
