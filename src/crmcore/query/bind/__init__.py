"""`bind`: questions checked against schema and reader; the only maker of bound questions."""

from crmcore.query.bind.paths import Scope
from crmcore.query.bind.predicate import predicate
from crmcore.query.bind.questions import Binder, Known
from crmcore.query.bind.values import EmptyParameter, Operand, operand

__all__ = ["Binder", "EmptyParameter", "Known", "Operand", "Scope", "operand", "predicate"]
