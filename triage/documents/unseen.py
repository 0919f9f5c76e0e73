"""Why text of a file does not count as read: a reader of the page does not see it as the file says it."""

from __future__ import annotations

from enum import StrEnum


class Unseen(StrEnum):
    """Each value is the Dutch reason, to follow on 'want' or a colon."""

    INVISIBLE = "de letters zijn onzichtbaar of doorzichtig"
    COLOUR = "de letters hebben de kleur van de achtergrond"
    OUTSIDE = "de tekst staat buiten de bladzijde"
    COVERED = "er ligt iets over de tekst heen, of hij is afgeknipt"
    SMALL = "de letters zijn kleiner dan 5 punten"
    OTHER = "de bladzijde laat daar andere letters zien dan in het bestand staan"
    MORE = "de bladzijde laat daar meer letters zien dan in het bestand staan"
    STAMPED = "er ligt een stempel of opmerking over de tekst"
    DRAWN = "er staat een tekening of plaatje door de tekst"
    PERHAPS = "de bladzijde laat daar misschien een andere letter zien dan in het bestand staat"
    NOT_COMPARED = "deze letters konden niet worden vergeleken met wat de bladzijde laat zien"
    SCAN = "de tekst ligt onzichtbaar over een scan"
    NEXT = "naast dit gegeven staat iets dat getekend is en geen tekst"
    STRUCK = "er loopt een streep door dit gegeven"
    PALE = "de letters zijn erg klein of licht"
    SYMBOLS = "het lettertype heeft tekens in plaats van letters en zit niet in het bestand"
    FIELD = "het formulierveld bevat iets anders dan op de bladzijde te zien is"
    CUT = "de waarde is in het formulierveld niet helemaal te zien"
    NO_PLACE = "het formulierveld staat niet zichtbaar op een bladzijde"


# A person sees something there that may be what the file says: the words are read, and are a doubt.
DOUBTFUL = frozenset(
    {
        Unseen.DRAWN,
        Unseen.PERHAPS,
        Unseen.NOT_COMPARED,
        Unseen.SCAN,
        Unseen.NEXT,
        Unseen.STRUCK,
        Unseen.PALE,
        Unseen.SYMBOLS,
    }
)
# No way that honest files come about: words of a request that are hidden like this are a sign of forgery.
DECEITFUL = frozenset({Unseen.INVISIBLE, Unseen.COLOUR, Unseen.COVERED, Unseen.SMALL, Unseen.OTHER, Unseen.MORE, Unseen.OUTSIDE})
