"""The classifiers that come with the studio, for tests of what is made of them."""

from studio.app.routing import classifiers

TRAINED = classifiers()
