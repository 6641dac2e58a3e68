"""The pages of the web bank: a file a feature, each with its blueprint."""

from flask import Blueprint

from gateway.pages import dashboard, front, sign_in

BLUEPRINTS: tuple[Blueprint, ...] = (front.blueprint, sign_in.blueprint, dashboard.blueprint)
