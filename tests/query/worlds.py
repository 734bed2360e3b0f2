"""Generated settings and conditions as Hypothesis strategies, and a world in memory to ask."""

from __future__ import annotations

from attrs import define
from hypothesis import strategies as st

from crmcore.errors import CrmError
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import ID_REF, BoundNode, BoundQuery
from crmcore.schema import Module
from crmcore.storage import Intent, Transaction
from crmcore.testing import Choices
from crmcore.testing.asking import SYSTEM
from crmcore.testing.generate import Conditions, Setting, make_setting
from crmcore.testing.play import Play
from crmcore.testing.strategies import Draw, choices


@define
class Asked:
    """A played world, and what makes conditions about it."""

    setting: Setting
    choices: Choices
    module: Module
    transaction: Transaction

    @classmethod
    def drawn(cls, draw: Draw, most: int = 6) -> Asked:
        """A small generated world, asked in one transaction."""
        source = choices(draw)
        setting = make_setting(source, most=most)
        play = Play(setting.world)
        for _ in setting.world.commits:
            play.step([])
        module = source.pick(setting.world.modules)
        return cls(setting, source, module, play.model.begin(Intent.READ))

    def condition(self, depth: int = 2) -> ast.Node:
        """A condition that can be bound."""
        maker = Conditions(self.choices, self.setting)
        for _ in range(5):
            node = maker.make(self.module, depth)
            try:
                self.bound(node)
            except CrmError:
                continue
            return node
        return ast.Value(True)

    def bound(self, node: ast.Node) -> BoundNode:
        """`node` bound for the system."""
        return Binder(self.setting.world.schema, SYSTEM.reader).condition(self.module, node)

    def ids(self, node: ast.Node) -> set[object]:
        """The records for which `node` holds."""
        return {row[0] for row in self.rows(BoundQuery(self.module, (ID_REF,), self.bound(node)))}

    def everything(self) -> set[object]:
        """All records."""
        return self.ids(ast.Value(True))

    def rows(self, query: BoundQuery) -> list[tuple[object, ...]]:
        """All rows of an answer."""
        return [row for batch in self.transaction.select(query) for row in batch]


@st.composite
def asked(draw: Draw, most: int = 6) -> Asked:
    """A small generated world to ask."""
    return Asked.drawn(draw, most)
