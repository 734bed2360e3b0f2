"""Workspaces in MongoDB: one database each, on PyMongo."""

from __future__ import annotations

from crmcore_mongo import needs as needs
from crmcore_mongo.backend import MongoBackend, open_mongo

__all__ = ["MongoBackend", "open_mongo"]
