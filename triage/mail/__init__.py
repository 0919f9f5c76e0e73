"""Mail in and out: parsing, the writer's own words, sources and the outbox."""

from triage.mail.message import Address, Attachment, EnclosedMail, Message, Ours, parse_message

__all__ = ["Address", "Attachment", "EnclosedMail", "Message", "Ours", "parse_message"]
