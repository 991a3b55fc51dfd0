"""The types of what the API answers and takes, topic by topic.

Written by `python -m holdfast.docs.client` from the OpenAPI document; do not edit. Run `make docs`.
"""
