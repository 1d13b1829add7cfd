"""Whose file is it? Public-key signatures that need nothing but SHA-256: lms.py."""
