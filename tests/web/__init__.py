"""Tests of the pages: in this process by Django's client, but for one module with a real browser."""
