//! The client of the cloud: domains, tokens, CONVERSATION and SEND.
