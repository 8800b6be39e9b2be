"""Machines that kill, starve and damage: what commands leave behind must be whole."""
