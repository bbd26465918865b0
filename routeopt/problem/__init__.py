"""The meeting point of the two wings: a problem as arrays, and making one."""

from routeopt.problem.access import Access as Access
from routeopt.problem.access import Closure as Closure
from routeopt.problem.model import UNREACHABLE as UNREACHABLE
from routeopt.problem.model import Problem as Problem
from routeopt.problem.model import Profile as Profile
from routeopt.problem.model import Tasks as Tasks
