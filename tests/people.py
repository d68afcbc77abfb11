"""Users for tests, made through the product's own verbs."""

from dataclasses import dataclass

from baltoro.organizations import register_user
from baltoro.server import Services
from baltoro.tokens import account_token

PASSWORD = "Glacier-Karakoram-7"


@dataclass(frozen=True)
class Person:
    """A user with everything needed to act as him."""

    user_id: int
    organization_id: int
    project_id: int
    email: str
    password: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """Authorization header with the account token."""
        return {"Authorization": f"Token {self.token}"}


async def create_person(
    services: Services, *, email: str, first_name: str, is_instance_admin: bool = False, password: str = PASSWORD
) -> Person:
    """Register a user with a personal organization and mint the account token."""
    async with services.database.transaction() as tx:
        registration = await register_user(
            tx,
            services.hasher,
            email=email,
            first_name=first_name,
            last_name="Tester",
            password=password,
            is_instance_admin=is_instance_admin,
            at=services.clock(),
        )
        issued = await account_token(tx, services.vault, registration.user.id, create=True, at=services.clock())
        assert issued is not None
        _, secret = issued
    assert registration.organization is not None
    assert registration.project is not None
    return Person(
        user_id=registration.user.id,
        organization_id=registration.organization.id,
        project_id=registration.project.id,
        email=email,
        password=password,
        token=secret,
    )
