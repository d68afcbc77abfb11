"""Organizations, projects and load zones, over HTTP."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from baltoro.foundation.secrets import digest
from baltoro.organizations.tables import memberships, project_memberships, projects
from baltoro.tokens import TokenKind, new_token
from baltoro.tokens.tables import api_tokens
from tests.people import Person

if TYPE_CHECKING:
    from baltoro.server import Running

NOW = datetime.now(UTC)
ORGANIZATION = {
    "id": int, "name": str, "owner_id": int, "description": str, "billing_address": str, "billing_country": str,
    "billing_email": str, "vat_number": str, "created": str, "updated": str, "is_default": bool, "is_saml_org": bool,
    "is_personal": bool, "is_grafana_org": bool, "grafana_stack_id": int, "grafana_stack_name": str,
    "grafana_stack_url": str, "logo": type(None), "can_trial": bool, "subscription_ids": list, "load_zone_ids": list,
    "data_retention_days": int, "vuh": float, "vuh_max": float, "vuh_overcharge": float,
}  # fmt: skip
PROJECT = {
    "id": int, "name": str, "description": str, "organization_id": int, "created": str, "updated": str,
    "is_default": bool, "role": str, "archived": bool,
}  # fmt: skip


def types(item: dict[str, object]) -> dict[str, type]:
    return {name: type(value) for name, value in item.items()}


async def organization_token(running: "Running", person: Person, *scopes: str) -> dict[str, str]:
    """The header of a new organization token with these scopes."""
    secret = new_token(TokenKind.ORGANIZATION)
    async with running.services.database.transaction() as tx:
        await tx.execute(
            api_tokens.insert().values(
                kind="organization",
                organization_id=person.organization_id,
                created_by=person.user_id,
                name="ci",
                prefix=secret[:8],
                last4=secret[-4:],
                digest=digest(secret),
                scopes=list(scopes),
                created_at=NOW,
                updated_at=NOW,
            )
        )
    return {"Authorization": f"Token {secret}"}


async def add_projects(running: "Running", person: Person, number: int) -> None:
    async with running.services.database.transaction() as tx:
        await tx.execute(
            projects.insert(),
            [
                {"organization_id": person.organization_id, "name": f"p{n:03}", "created_at": NOW, "updated_at": NOW}
                for n in range(number)
            ],
        )


async def test_the_organizations_of_a_person(client: httpx.AsyncClient, ada: Person, bob: Person) -> None:
    body = (await client.get("/v3/organizations", headers=ada.headers)).json()
    assert body["meta"] == {"count": 1}
    organization = body["organizations"][0]
    assert types(organization) == ORGANIZATION
    assert organization["id"] == ada.organization_id != bob.organization_id
    assert organization["name"] == "Ada's organization"
    assert organization["owner_id"] == ada.user_id
    assert organization["is_default"] is True
    assert organization["grafana_stack_id"] == organization["id"]
    one = (await client.get(f"/v3/organizations/{ada.organization_id}", headers=ada.headers)).json()
    assert one == {"organization": organization}


async def test_a_member_reads_no_billing_address(
    client: httpx.AsyncClient, ada: Person, bob: Person, running: "Running"
) -> None:
    async with running.services.database.transaction() as tx:
        await tx.execute(
            memberships.insert().values(
                user_id=bob.user_id, organization_id=ada.organization_id, role="member", created_at=NOW
            )
        )
    body = (await client.get("/v3/organizations", headers=bob.headers)).json()
    assert [(item["id"], item["is_default"], item["billing_email"]) for item in body["organizations"]] == [
        (bob.organization_id, True, bob.email),
        (ada.organization_id, False, ""),
    ]


async def test_an_organization_token_sees_its_organization(
    client: httpx.AsyncClient, ada: Person, bob: Person, running: "Running"
) -> None:
    token = await organization_token(running, ada, "projects:read", "runs:write")
    body = (await client.get("/v3/organizations", headers=token)).json()
    assert [(item["id"], item["is_default"], item["billing_email"]) for item in body["organizations"]] == [
        (ada.organization_id, True, "")
    ]
    me = (await client.get("/v3/account/me", headers=token)).json()
    assert me["user"] is None
    assert me["token"] == {"key": ""}
    body = (await client.get("/v3/projects", headers=token)).json()
    assert [(item["id"], item["role"]) for item in body["projects"]] == [(ada.project_id, "write")]
    assert (await client.get(f"/v3/projects/{bob.project_id}", headers=token)).status_code == 404
    for method, path in [("GET", ""), ("POST", "/regenerate"), ("DELETE", "")]:
        answer = await client.request(method, f"/v3/account/api-token{path}", headers=token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, 4)


async def test_a_missing_scope_is_named(client: httpx.AsyncClient, ada: Person, running: "Running") -> None:
    token = await organization_token(running, ada, "runs:write")
    answer = await client.get(f"/v3/projects/{ada.project_id}", headers=token)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["detail_code"]) == (403, 4, 400)
    assert "projects:read" in error["message"]


async def test_the_projects_of_an_organization(client: httpx.AsyncClient, ada: Person) -> None:
    body = (await client.get(f"/v3/organizations/{ada.organization_id}/projects", headers=ada.headers)).json()
    assert body["meta"] == {"count": 1}
    project = body["projects"][0]
    assert types(project) == PROJECT
    assert (project["id"], project["name"], project["role"]) == (ada.project_id, "Default project", "admin")
    assert project["is_default"] is True
    alias = await client.get(f"/v3/projects?organization_id={ada.organization_id}", headers=ada.headers)
    assert alias.json() == body
    one = await client.get(f"/v3/projects/{ada.project_id}", headers=ada.headers)
    assert one.json() == {"project": project}


async def test_a_reader_is_told_his_role(
    client: httpx.AsyncClient, ada: Person, bob: Person, running: "Running"
) -> None:
    async with running.services.database.transaction() as tx:
        await tx.execute(
            memberships.insert().values(
                user_id=bob.user_id, organization_id=ada.organization_id, role="member", created_at=NOW
            )
        )
        await tx.execute(
            project_memberships.insert().values(
                user_id=bob.user_id, project_id=ada.project_id, role="read", created_at=NOW
            )
        )
    await add_projects(running, ada, 2)
    body = (await client.get(f"/v3/organizations/{ada.organization_id}/projects", headers=bob.headers)).json()
    assert [(project["id"], project["role"]) for project in body["projects"]] == [(ada.project_id, "read")]


async def test_a_get_may_carry_its_page_size_in_a_form_body(
    client: httpx.AsyncClient, ada: Person, running: "Running"
) -> None:
    await add_projects(running, ada, 40)
    path = f"/v3/organizations/{ada.organization_id}/projects"

    async def page(query: str = "", form: str = "") -> tuple[list[str], int]:
        answer = await client.request(
            "GET",
            f"{path}?{query}",
            content=form.encode(),
            headers={**ada.headers, "content-type": "application/x-www-form-urlencoded"} if form else ada.headers,
        )
        body = answer.json()
        return [project["name"] for project in body["projects"]], body["meta"]["count"]

    assert (len((await page())[0]), (await page())[1]) == (41, 41)
    assert len((await page(form="page_size=32"))[0]) == 32
    assert len((await page("page_size=7", form="page_size=32"))[0]) == 7
    assert len((await page("page=2", form="page_size=32"))[0]) == 9
    assert await page("page=3&page_size=32") == ([], 41)
    assert await page(f"page={10**30}") == ([], 41)
    assert (await page("page=0&page_size=1"))[0] == ["Default project"]
    assert len((await page("page_size=5000"))[0]) == 41
    assert (await page("order_by=-name&page_size=2"))[0] == ["p039", "p038"]
    assert (await page("q=P03&order_by=id&page_size=1"))[0] == ["p030"]
    assert (await page("q=%25"))[0] == []


async def test_only_selected_fields_are_told(client: httpx.AsyncClient, ada: Person) -> None:
    for name in ("$select", "%24select", "select"):
        body = (await client.get(f"/v3/projects?{name}=id,name,nonsense", headers=ada.headers)).json()
        assert body == {"projects": [{"id": ada.project_id, "name": "Default project"}], "meta": {"count": 1}}
        body = (await client.get(f"/v3/organizations?{name}=id", headers=ada.headers)).json()
        assert body["organizations"] == [{"id": ada.organization_id}]


NONSENSE = [
    ("page_size=0", "page_size"),
    ("page_size=-1", "page_size"),
    ("page_size=ten", "page_size"),
    ("page=-1", "page"),
    ("page=%D9%A1", "page"),
    ("order_by=secret", "order_by"),
    ("organization_id=abc", "organization_id"),
]


async def test_a_parameter_that_makes_no_sense_is_named(client: httpx.AsyncClient, ada: Person) -> None:
    for query, field in NONSENSE:
        answer = await client.get(f"/v3/projects?{query}", headers=ada.headers)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, 2)
        assert list(error["field_errors"]) == [field]


async def test_the_orders_are_named(client: httpx.AsyncClient, ada: Person) -> None:
    answer = await client.get("/v3/projects?order_by=name,secret", headers=ada.headers)
    assert "id, name, created" in answer.json()["error"]["message"]


async def test_load_zones(client: httpx.AsyncClient, ada: Person, bob: Person) -> None:
    body = (await client.get("/v3/load-zones", headers=ada.headers)).json()
    assert types(body["load_zones"][0]) == {
        "id": int, "name": str, "vendor": str, "country": str, "city": str, "latitude": float, "longitude": float,
        "configurable": bool, "k6_load_zone_id": str, "public": bool, "available": bool,
    }  # fmt: skip
    path = "/v3/load-zones?organization_id="
    assert (await client.get(f"{path}{ada.organization_id}", headers=ada.headers)).json() == body
    assert (await client.get(f"{path}{bob.organization_id}", headers=ada.headers)).status_code == 404
