"""Verifies a request with Convoy's own package. The body is the input; arguments: signature, secret."""

import sys

from convoy.utils.webhook import Webhook

result = Webhook(secret=sys.argv[2]).verify_signature(sys.stdin.buffer.read().decode(), sys.argv[1])
# For a wrong signature it returns a text, which is not false.
sys.exit(0 if result is True else 1)
