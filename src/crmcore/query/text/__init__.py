"""The text form of expressions: read and written, in English and Chinese."""

from crmcore.query.text.orders import parse_order, parse_path, print_order
from crmcore.query.text.parser import parse
from crmcore.query.text.printer import print_expression, print_path
from crmcore.query.text.words import CANONICAL, FUNCTIONS

__all__ = [
    "CANONICAL",
    "FUNCTIONS",
    "parse",
    "parse_order",
    "parse_path",
    "print_expression",
    "print_order",
    "print_path",
]
