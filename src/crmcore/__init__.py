"""crmcore: customer-relationship management as a library that keeps its word."""
