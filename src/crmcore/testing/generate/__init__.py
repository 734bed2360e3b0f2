"""Generators: any schema, any data, any history, any question, from a source of choices."""

from crmcore.testing.generate.conditions import Conditions
from crmcore.testing.generate.questions import make_ask
from crmcore.testing.generate.schemas import make_modules
from crmcore.testing.generate.worlds import Setting, make_setting

__all__ = ["Conditions", "Setting", "make_ask", "make_modules", "make_setting"]
