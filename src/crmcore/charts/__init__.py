"""Charts as SVG text: pure functions of labels and numbers, without any library.

Every text goes through one escaping renderer; the structure of a picture depends on how many
labels and numbers there are, never on what the texts say.
"""

from crmcore.charts.bars import bar
from crmcore.charts.data import Values
from crmcore.charts.funnels import funnel
from crmcore.charts.lines import line
from crmcore.charts.numbers import Number

__all__ = ["Number", "Values", "bar", "funnel", "line"]
