"""Fidelity: a value comes back as it was given, in value and type, whatever way it is read."""

from __future__ import annotations


def fidelity() -> None: ...
