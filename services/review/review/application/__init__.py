"""Use cases of the review: each opens its own transactions and asks its peers between them, never inside."""
