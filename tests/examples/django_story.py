"""What happens in an application on Django, as one JSON line: folder of examples, URL."""

from __future__ import annotations

import json
import sys

sys.path.insert(0, sys.argv[1])

import django_app

django_app.configure(sys.argv[2])

from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from crmcore import CrmError  # noqa: E402

crm, Invoice = django_app.crm, django_app.Invoice
client = Client(raise_request_exception=False)
told: dict[str, object] = {}


def posted(number: str, customer: str, phone: str = "138 0013 8000"):
    wanted = {"number": number, "code": customer, "customer": customer, "phone": phone}
    return client.post("/invoices", wanted, content_type="application/json")


def counts() -> list[object]:
    return [Invoice.objects.count(), len(crm.find("account"))]


def digest() -> str:
    return str(crm.digest("full"))


def add(number: int = 1, name: str = "新公司") -> None:
    with crm.work(join=connection) as work:
        for index in range(number):
            work.create("account", {"name": f"{name}{index}" if number > 1 else name})


told["made"] = [posted("R-1", "甲公司").status_code, *counts()]
answer = posted("R-2", "乙公司", "12")
told["account refused"] = [answer.status_code, *counts(), answer.json()["problems"][0]["field"]]
before = digest()
told["invoice refused"] = [posted("R-1", "丙公司").status_code, *counts(), digest() == before]

try:
    add()
except CrmError as error:
    told["outside of atomic()"] = error.problems[0].params["isolation"]

with transaction.atomic():
    add()
    Invoice.objects.create(number="R-3", account="x" * 32)
    transaction.set_rollback(True)
told["taken back by the host"] = [*counts(), digest() == before]

with transaction.atomic():
    Invoice.objects.create(number="R-4", account="x" * 32)
    with transaction.atomic():
        add()
        transaction.set_rollback(True)
told["inner block taken back"] = counts()

with transaction.atomic():
    add()
    with crm.work(join=connection) as work:
        told["seen before the commit"] = [
            one["name"] for one in work.find("account", "name == '新公司'")
        ]
    transaction.set_rollback(True)

try:
    with transaction.atomic():
        try:
            with transaction.atomic(savepoint=False):
                Invoice.objects.create(number="R-1", account="x" * 32)
        except DatabaseError:
            add()
except CrmError as error:
    told["after a failure in the block"] = error.problems[0].params["isolation"]

with transaction.atomic():
    add(44, "多")
told["many"] = len(crm.find("account"))
told["sealed"] = [one.position for one in crm.changes()] == [
    number + 1 for number in range(len(list(crm.changes())))
]
print(json.dumps(told, ensure_ascii=False))
