"""Keywords the grammar compiler does not know, said in those it does. Standard library only, used in the child."""
