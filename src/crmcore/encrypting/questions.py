"""Questions as the inner store is asked them: of ciphers and blind indexes.

What only the plain values could answer does not get here: `bind` refuses it. It is refused
again, because not everything is bound of what people ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from crmcore.encrypting.places import Encrypted, Hidden, laid
from crmcore.errors import QueryError
from crmcore.query.bound import (
    ID_REF,
    AllOf,
    AnyOf,
    BoundMeasure,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore.schema import Field, Module
from crmcore.schema.field import STAMP_NAMES

BlindOf = Callable[[Encrypted, object], str]
"""What stands for a value of an encrypted field where it is compared."""


@frozen
class Opening:
    """A column to be decrypted: where it is, and where the id of the record stands."""

    place: int
    what: Encrypted | Hidden
    record: int


@frozen
class Asked:
    """A question to the inner store; of its answer the first `width` columns are the answer."""

    query: BoundQuery
    openings: tuple[Opening, ...]
    width: int


@frozen
class Asking:
    """Says of blind indexes what is said of encrypted fields."""

    blind: BlindOf

    def query(self, query: BoundQuery) -> Asked:
        """`query`, and what is to be decrypted of its answer; raises `QueryError`."""
        module = query.module
        columns = [self._column(module, ref) for ref in query.columns]
        ids: dict[tuple[Step, ...], int] = {}
        openings: list[Opening] = []
        for place, ref in enumerate(query.columns):
            found = found_at(module, ref)
            if found is None:
                continue
            if ref.steps not in ids:
                ids[ref.steps] = _place_of_id(columns, self._steps(ref.steps))
            openings.append(Opening(place, found, ids[ref.steps]))
        made = evolve(
            query,
            module=laid(module).physical,
            columns=tuple(columns),
            where=self._node(module, query.where),
            scope=self._node(module, query.scope),
            order=tuple(evolve(one, ref=self._plain(module, one.ref)) for one in query.order),
        )
        return Asked(made, tuple(openings), len(query.columns))

    def summary(self, query: BoundSummary) -> BoundSummary:
        """`query` with blind indexes counted in place of values; raises `QueryError`."""
        module = query.module
        return evolve(
            query,
            module=laid(module).physical,
            groups=tuple(evolve(one, ref=self._plain(module, one.ref)) for one in query.groups),
            measures=tuple(self._measure(module, one) for one in query.measures),
            where=self._node(module, query.where),
            scope=self._node(module, query.scope),
        )

    def _measure(self, module: Module, one: BoundMeasure) -> BoundMeasure:
        ref = one.ref
        if ref is not None:
            is_count = one.function == "count"
            ref = self._compared(module, ref) if is_count else self._plain(module, ref)
        return evolve(one, ref=ref, where=self._node(module, one.where))

    def _node(self, module: Module, node: BoundNode) -> BoundNode:
        if isinstance(node, (AllOf, AnyOf)):
            return _same_or(node, [self._node(module, one) for one in node.terms])
        if isinstance(node, Negation):
            term = self._node(module, node.term)
            return node if term is node.term else Negation(term)
        if isinstance(node, Comparison):
            return self._comparison(module, node)
        if isinstance(node, IsEmpty):
            operand = node.operand
            return IsEmpty(self._compared(module, operand)) if isinstance(operand, Ref) else node
        if isinstance(node, Within):
            return self._within(module, node)
        if isinstance(node, (Match, HasCodes)):
            return evolve(node, operand=self._plain(module, node.operand))
        return self._related(module, node) if isinstance(node, Related) else node

    def _comparison(self, module: Module, node: Comparison) -> BoundNode:
        left, right = node.left, node.right
        found = found_at(module, left) if isinstance(left, Ref) else None
        if isinstance(found, Encrypted) and isinstance(right, Const):
            if node.comparator not in ("==", "!="):
                raise _refused(found)
            assert isinstance(left, Ref)
            stands = Const(self.blind(found, right.value), found.blind.kind)
            return Comparison(node.comparator, self._compared(module, left), stands)
        sides = [self._plain(module, one) if isinstance(one, Ref) else one for one in (left, right)]
        return Comparison(node.comparator, sides[0], sides[1])

    def _within(self, module: Module, node: Within) -> BoundNode:
        found = found_at(module, node.operand)
        if not isinstance(found, Encrypted):
            return Within(self._plain(module, node.operand), node.values)
        values = tuple(self.blind(found, value) for value in node.values)
        return Within(self._compared(module, node.operand), values)

    def _related(self, module: Module, node: Related) -> BoundNode:
        return evolve(
            node,
            steps=self._steps(node.steps),
            child=laid(node.child).physical,
            visible=self._node(node.child, node.visible),
            where=self._node(node.child, node.where),
        )

    def _steps(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            Step(one.link, laid(one.target).physical, self._node(one.target, one.visible))
            for one in steps
        )

    def _column(self, module: Module, ref: Ref) -> Ref:
        """Where what is shown of `ref` lies."""
        found = found_at(module, ref)
        return self._at(ref, found.cipher if isinstance(found, Encrypted) else ref.field)

    def _compared(self, module: Module, ref: Ref) -> Ref:
        """Where it lies whether `ref` is empty, and what it equals."""
        found = found_at(module, ref)
        return self._at(ref, found.blind if isinstance(found, Encrypted) else ref.field)

    def _plain(self, module: Module, ref: Ref) -> Ref:
        """Where the plain values of `ref` lie; raises `QueryError` where they lie nowhere."""
        found = found_at(module, ref)
        if found is not None:
            raise _refused(found)
        return self._at(ref, ref.field)

    def _at(self, ref: Ref, field: Field) -> Ref:
        if not ref.steps and field is ref.field:
            return ref
        return evolve(ref, steps=self._steps(ref.steps), field=field)


def found_at(module: Module, ref: Ref) -> Encrypted | Hidden | None:
    """How the field at the end of `ref` is laid down, if not as it is asked for."""
    owner = ref.steps[-1].target if ref.steps else module
    return None if ref.field.name in STAMP_NAMES else laid(owner).fields.get(ref.field.name)


def _same_or(node: AllOf | AnyOf, terms: Sequence[BoundNode]) -> BoundNode:
    is_same = all(made is one for made, one in zip(terms, node.terms, strict=True))
    return node if is_same else evolve(node, terms=tuple(terms))


def _place_of_id(columns: list[Ref], steps: tuple[Step, ...]) -> int:
    """Where the id of the record at the end of `steps` stands; it is added to `columns`."""
    wanted = Ref(steps, ID_REF.field) if steps else ID_REF
    for place, ref in enumerate(columns):
        if ref == wanted:
            return place
    columns.append(wanted)
    return len(columns) - 1


def _refused(found: Encrypted | Hidden) -> QueryError:
    name = found.field.name
    return QueryError("encrypted_field", field=name, name=name)
