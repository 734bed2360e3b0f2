"""Documents and plans that somebody wrote by hand, or that went bad on the way."""

from __future__ import annotations

import pytest

from crmcore import Schema, open_workspace
from crmcore.errors import SchemaError
from crmcore.evolving import plan
from crmcore.evolving.document import document_of
from crmcore.evolving.plans import plan_from_json


@pytest.mark.parametrize("label", [{"en": {"retire": True}}, {"zh": 1}, {"en": ["a"]}, 5])
def test_a_label_that_is_no_text_is_refused(label: object) -> None:
    crm = open_workspace(schema=Schema())
    document = {"partial": True, "roles": {"x": {"label": label, "grants": []}}}
    with pytest.raises(SchemaError):
        plan(crm, document_of(document))


@pytest.mark.parametrize("revision", [float("inf"), "x", None, {}])
def test_a_stored_plan_that_went_bad_is_refused(revision: object) -> None:
    crm = open_workspace(schema=Schema())
    data = plan(crm, document_of({"partial": True})).to_json()
    with pytest.raises(SchemaError):
        plan_from_json({**data, "revision": revision})
