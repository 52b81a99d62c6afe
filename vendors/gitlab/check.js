export const secret = "a-secret-of-the-vendors-own-kind";

export const unsigned = "GitLab sends a token and signs nothing.";
// Its documentation says to compare the token.
export const verify = ({ headers }) => headers["x-gitlab-token"] === secret;
