"""Which texts a schema knows as headers, whatever the module."""

from __future__ import annotations

from crmcore.importing.mapping.headers import key_of, read_header
from crmcore.importing.mapping.vocabulary import meanings_of, module_keys, without_affixes
from crmcore.schema import Schema


class KnownWords:
    """Names, labels and meanings of all fields and modules of a schema."""

    def __init__(self, schema: Schema) -> None:
        modules = [module for module in schema.modules if not module.retired]
        self._modules = frozenset(key for module in modules for key in module_keys(module))
        self._keys = frozenset(
            key_of(spelling)
            for module in modules
            for one in module.live
            for spelling in (one.name, *one.label.all())
        )

    def knows(self, text: str) -> bool:
        """Whether the header `text` names a field or module, perhaps with words around it."""
        key = read_header(text).key
        if not key:
            return False
        return self._is_known(key) or any(
            self._is_known(shorter) for shorter in without_affixes(key, self._modules)
        )

    def _is_known(self, key: str) -> bool:
        return key in self._keys or key in self._modules or bool(meanings_of(key))
