"""The gates: nobody gets a load test but through these."""

from collections.abc import Collection

from baltoro.access import Permission, Principal
from baltoro.foundation.errors import Invalid
from baltoro.foundation.ids import LoadTestId, OrganizationId, ProjectId
from baltoro.foundation.paging import Page
from baltoro.loadtests import store
from baltoro.loadtests.model import LoadTest, LoadTestNotFound
from baltoro.loadtests.tables import load_tests
from baltoro.organizations import organization_for, project_for
from baltoro.storage.database import Transaction


async def load_test_for(
    tx: Transaction, asker: Principal, load_test_id: LoadTestId, permission: Permission = Permission.SEE_TESTS
) -> LoadTest:
    """The load test, if the asker may do `permission` with it.

    Raises:
        LoadTestNotFound: it does not exist, or the asker may not see it.
        NotAllowed: seen, but not permitted.
    """
    found = await store.find(tx, load_test_id)
    if found is None or not asker.sees(found.organization_id, found.project_id):
        raise LoadTestNotFound
    asker.require(permission, found.organization_id, found.project_id)
    return found


async def load_tests_of(
    tx: Transaction,
    asker: Principal,
    *,
    project_id: ProjectId | None = None,
    organization_id: OrganizationId | None = None,
    ids: Collection[LoadTestId] | None = None,
    q: str = "",
    order_by: str = "-last_run_time",
    page: Page = Page(),  # noqa: B008 - frozen
) -> tuple[list[LoadTest], int]:
    """One page of the load tests that the asker sees, and how many there are in all.

    Args:
        project_id: only of this project; without it, of all visible ones.
        ids: only these; those that are unknown or invisible are silently absent.
        q: part of the name, in any case; `%` and `_` mean themselves.
        order_by: `id`, `name`, `last_run_time` or `created`, `-` before it for descending, several with commas.

    Raises:
        NotFound: the project or organization is invisible.
        Invalid: an unknown order; the message names the possible ones.
    """
    if project_id is not None:
        await project_for(tx, asker, project_id, Permission.SEE_TESTS)
    if organization_id is not None:
        await organization_for(tx, asker, organization_id)
    return await store.list_page(
        tx,
        visible=asker.visible_projects_filter().where(load_tests.c.organization_id, load_tests.c.project_id),
        project_id=project_id,
        organization_id=organization_id,
        ids=ids,
        q=q,
        order_by=parse_order(order_by, store.ORDERS),
        page=page,
    )


def parse_order(order_by: str, known: Collection[str]) -> list[tuple[str, bool]]:
    """`-last_run_time,name` -> [("last_run_time", True), ("name", False)]; True descends.

    Raises:
        Invalid: a name that is not in `known`; the message names those that are.
    """
    orders = []
    for part in filter(None, (piece.strip() for piece in order_by.split(","))):
        name = part.removeprefix("-")
        if name not in known:
            sentence = f"Cannot order by {name[:80]!r}. Possible: {', '.join(known)}; a minus before it reverses."
            raise Invalid(sentence, field_errors={"order_by": [sentence]})
        orders.append((name, part.startswith("-")))
    return orders
