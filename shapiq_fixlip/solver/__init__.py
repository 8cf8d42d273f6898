"""Solvers: from the embeddings of some coalitions to interactions and their standard errors.

Read in this order.

- What goes in: ``observations``, ``terms`` (which interactions), ``derivative_index`` (every index
  as a sum of expected derivatives).
- One side: ``side_fit`` (what every fit offers); ``derivatives`` and ``enumerated``; ``basis`` and
  ``least_squares``.
- Shrinkage: ``kernels`` (the prior), ``gaussian_process`` (the regression), ``mixture`` (the prior
  as products over players), ``symmetric`` and ``set_chunks``, ``parts`` (covariances of parts),
  ``diffuse`` and ``unexplained`` (what errors allow for), ``shrinkage``.
- Both sides: ``combine``, ``r2``, ``standard_errors``, ``resolved``; ``solution`` (what every
  solved game tells) and ``fitted_game``, which has ``solve``.
- An exception: ``chosen_least_squares`` fits a whole game, as chosen sets of players span no
  product of spaces.
- Helpers: ``blocks`` (numbers of interactions as arrays), ``threads``.
"""
