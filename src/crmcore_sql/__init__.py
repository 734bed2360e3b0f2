"""crmcore on SQL databases, built on SQLAlchemy Core."""
