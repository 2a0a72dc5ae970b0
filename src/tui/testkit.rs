//! For tests of the screen's parts: a model, lines to put into it, keys to press,
//! and what is drawn read back.
