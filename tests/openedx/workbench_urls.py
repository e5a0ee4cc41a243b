"""The XBlock workbench before the demo platform, which has the plugin's pages and API."""

from deploy.demo.urls import urlpatterns as demo
from workbench.urls import urlpatterns as workbench

urlpatterns = [*workbench, *demo]
