"""Prepares changes for storing: finds the message, checks who may change it, and makes its new form."""
