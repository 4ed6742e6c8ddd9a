// TLS on the client's side, with certificates and keys that are in memory only. What OpenSSL has as
// macros, callbacks and thread-local state is here; who uses it decides.

#ifndef COFFER_CCLIENTTLS_H
#define COFFER_CCLIENTTLS_H

#include <stdbool.h>
#include <stddef.h>

struct evp_pkey_st;
struct ssl_st;

/// A certificate with those above it, and its key.
typedef struct coffer_tls_identity coffer_tls_identity;

/// Reads certificates in PEM, the client's own first. The key is shared. NULL if the text has no
/// certificate.
coffer_tls_identity *_Nullable coffer_tls_identity_new(
    const char *_Nonnull certificates, size_t certificate_bytes, struct evp_pkey_st *_Nonnull key);
void coffer_tls_identity_free(coffer_tls_identity *_Nonnull identity);

/// What a connection is to show and to ask for.
typedef struct {
    /// Shown when the server asks for a certificate.
    const coffer_tls_identity *_Nullable identity;
    /// SNI, and the name or address that the server's certificate has to be for; NULL leaves both
    /// to the library.
    const char *_Nullable server_name;
    /// Where the library has the name that it will look for itself, in memory of `malloc`: that is
    /// freed, and replaced by a copy of `server_name`, which the library then frees.
    char *_Nullable *_Nullable name_place;
} coffer_tls_wishes;

/// Libraries of other makers make their connections themselves and take keys from files only. What
/// they connect on this thread between these two gets the wishes when its handshake begins, or is
/// cut off.
void coffer_tls_wish_begin(const coffer_tls_wishes *_Nonnull wishes);
/// Whether there was such a connection.
bool coffer_tls_wish_end(void);

/// A client's connection over a socket, which stays its owner's.
typedef struct {
    /// Trusted, in PEM, and no others; NULL for those of the system.
    const char *_Nullable authorities;
    size_t authority_bytes;
    /// The certificate is not looked at.
    bool is_unverified;
    /// Name or address of the server.
    const char *_Nonnull host;
    const coffer_tls_identity *_Nullable identity;
} coffer_tls_settings;

/// Shakes hands. On failure NULL, and a text of OpenSSL's in `error`, which has no secrets in it.
struct ssl_st *_Nullable coffer_tls_connect(
    int socket, const coffer_tls_settings *_Nonnull settings, char *_Nonnull error,
    size_t error_bytes);

/// At most this many bytes, and at least one; 0 when the other side has ended it, -1 on failure or
/// when the socket's time is up.
long coffer_tls_read(struct ssl_st *_Nonnull connection, void *_Nonnull buffer, size_t bytes);
/// All bytes or -1.
long coffer_tls_write(
    struct ssl_st *_Nonnull connection, const void *_Nonnull buffer, size_t bytes);
/// Whether something was received already that `read` has not given yet.
bool coffer_tls_has_pending(const struct ssl_st *_Nonnull connection);
/// Without a farewell: the socket is about to be closed.
void coffer_tls_free(struct ssl_st *_Nonnull connection);

#endif
