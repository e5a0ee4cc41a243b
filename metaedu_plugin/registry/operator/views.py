"""The operator's page, and the page that asks before an action."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from metaedu_plugin.curriculum.api import CurriculumError
from metaedu_plugin.registry.errors import RegistryError
from metaedu_plugin.registry.operator.access import operators_only
from metaedu_plugin.registry.operator.actions import ACTIONS
from metaedu_plugin.registry.operator.page import context

logger = logging.getLogger(__name__)
HOME = "metaedu_registry:operator"


@require_safe
@never_cache
@operators_only
def operator(request: HttpRequest) -> HttpResponse:
    """All that the operator needs, on one page."""
    return render(request, "metaedu/operator/page.html", context())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@operators_only
def act(request: HttpRequest, name: str) -> HttpResponse:
    """Say what an action will do, and do it once it is confirmed."""
    action = ACTIONS.get(name)
    if action is None:
        raise Http404
    target = (request.POST if request.method == "POST" else request.GET).get("target", "")
    reason = request.POST.get("reason", "").strip()
    missing = request.method == "POST" and action.needs_reason and not reason
    if request.method != "POST" or missing:
        asked = {"action": action, "target": target, "missing": missing}
        return render(request, "metaedu/operator/confirm.html", asked, status=400 if missing else 200)
    try:
        messages.success(request, action.run(target, request.user.get_username(), reason))
    except (RegistryError, CurriculumError) as error:
        messages.error(request, str(error))
    except Exception as error:  # the operator is told, and the page comes back to show how things stand
        logger.exception("metaedu: %s failed", name)
        messages.error(request, _("%(action)s failed: %(error)s") % {"action": action.title, "error": error})
    return redirect(HOME)
