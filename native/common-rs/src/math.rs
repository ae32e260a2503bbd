//! Elementary functions of exact code, from the one table of constants that all languages share.
