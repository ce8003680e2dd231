"""The machine under the five rooms: it comes with the template and is updated by it."""
