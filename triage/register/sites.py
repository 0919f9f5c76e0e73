"""Where schools are on the web: whose a domain is, and at which domains anybody gets a page or an address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from kb.search.language import fold
from triage.register.addresses import load_address_rules
from triage.register.domains import is_free_mail, web_domain
from triage.register.school import School


class SchoolSites:
    """The web sites of the schools of a register, and the places they stand in."""

    def __init__(self, schools: Iterable[School]) -> None:
        self._schools = tuple(schools)
        self._by_domain: dict[str, list[School]] = defaultdict(list)
        for school in self._schools:
            if domain := web_domain(school.website):
                self._by_domain[domain].append(school)

    def schools_at(self, domain: str) -> list[School]:
        """The school locations whose web site is at a domain."""
        return self._by_domain.get(web_domain(domain), [])

    def domains_of(self, schools: Iterable[School]) -> frozenset[str]:
        """The web domains of schools.

        A host where anybody gets a page or an address is left out: an address there says nothing about whose it is.
        """
        found = {domain for school in schools if (domain := web_domain(school.website))}
        return frozenset(domain for domain in found if not self.is_open(domain))

    def is_open(self, domain: str) -> bool:
        """Whether anybody may get a page or an address at a domain.

        That is a mail service or host by the lists, one that serves schools of several boards, or one named after a place
        ('amsterdam.nl').
        """
        name = web_domain(domain)
        boards = {school.board_number for school in self._by_domain.get(name, ())}
        listed = load_address_rules().is_open(name) or is_free_mail(name, frozenset())
        return bool(name) and (listed or len(boards) > 1 or name.partition(".")[0].replace("-", "") in self._places)

    def is_place(self, name: str) -> bool:
        """Whether a school stands in a place of this name."""
        return re.sub(r"[^a-z0-9]", "", fold(name)) in self._places

    @cached_property
    def _places(self) -> frozenset[str]:
        """Names of places, as a domain would spell them."""
        return frozenset(re.sub(r"[^a-z0-9]", "", fold(school.place)) for school in self._schools) - {""}
