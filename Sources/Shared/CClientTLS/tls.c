#include "CClientTLS.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// MARK: Identities

struct coffer_tls_identity {
    X509 *certificate;
    STACK_OF(X509) *above;
    EVP_PKEY *key;
};

static BIO *text_reader(const char *text, size_t bytes) {
    return bytes > INT_MAX ? NULL : BIO_new_mem_buf(text, (int)bytes);
}

coffer_tls_identity *coffer_tls_identity_new(
    const char *certificates, size_t certificate_bytes, EVP_PKEY *key) {
    coffer_tls_identity *identity = calloc(1, sizeof *identity);
    BIO *reader = text_reader(certificates, certificate_bytes);
    if (identity == NULL || reader == NULL) goto failed;
    identity->certificate = PEM_read_bio_X509(reader, NULL, NULL, NULL);
    identity->above = sk_X509_new_null();
    if (identity->certificate == NULL || identity->above == NULL) goto failed;
    for (;;) {
        X509 *next = PEM_read_bio_X509(reader, NULL, NULL, NULL);
        if (next == NULL) break;
        if (sk_X509_push(identity->above, next) <= 0) {
            X509_free(next);
            goto failed;
        }
    }
    if (EVP_PKEY_up_ref(key) != 1) goto failed;
    identity->key = key;
    BIO_free(reader);
    ERR_clear_error();
    return identity;
failed:
    BIO_free(reader);
    if (identity != NULL) coffer_tls_identity_free(identity);
    ERR_clear_error();
    return NULL;
}

void coffer_tls_identity_free(coffer_tls_identity *identity) {
    X509_free(identity->certificate);
    sk_X509_pop_free(identity->above, X509_free);
    EVP_PKEY_free(identity->key);
    free(identity);
}

static bool present(SSL *connection, const coffer_tls_identity *identity) {
    return SSL_use_cert_and_key(
               connection, identity->certificate, identity->key, identity->above, 1) == 1;
}

// MARK: The server's name

static bool is_address(const char *host) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ASN1_OCTET_STRING_free(address);
    ERR_clear_error();
    return address != NULL;
}

/// Asks for the name, and refuses every other one unless `is_unverified`.
static bool expect(SSL *connection, const char *host, bool is_unverified) {
    const bool is_number = is_address(host);
    if (!is_number && SSL_set_tlsext_host_name(connection, host) != 1) return false;
    if (is_unverified) return true;
    SSL_set_verify(connection, SSL_VERIFY_PEER, NULL);
    if (is_number)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host) == 1;
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(connection, host) == 1;
}

// MARK: Other libraries' connections

static bool replace_name(char **place, const char *name) {
    char *copy = strdup(name);
    if (copy == NULL) return false;
    free(*place);
    *place = copy;
    return true;
}

static _Thread_local const coffer_tls_wishes *current;
static _Thread_local SSL_CTX *last_context;
static _Thread_local bool was_fulfilled;

/// Before the first message is put together.
static void handshake_event(const SSL *connection, int event, int value) {
    (void)value;
    if (!(event & SSL_CB_HANDSHAKE_START) || current == NULL) return;
    SSL *own = (SSL *)connection;
    const char *name = current->server_name;
    const bool done = (current->identity == NULL || present(own, current->identity))
        && (name == NULL || expect(own, name, false))
        && (name == NULL || current->name_place == NULL
            || replace_name(current->name_place, name));
    ERR_clear_error();
    if (!done) {
        shutdown(SSL_get_fd(connection), SHUT_RDWR);
        return;
    }
    was_fulfilled = true;
}

// OpenSSL calls these for each object with the object's address, while it is being made: nothing
// may be done with it then. But when a connection is made, its context is complete.
static void context_made(
    void *object, void *data, CRYPTO_EX_DATA *all, int index, long number, void *pointer) {
    (void)data, (void)all, (void)index, (void)number, (void)pointer;
    if (current != NULL) last_context = object;
}

static void connection_made(
    void *object, void *data, CRYPTO_EX_DATA *all, int index, long number, void *pointer) {
    (void)object, (void)data, (void)all, (void)index, (void)number, (void)pointer;
    if (current != NULL && last_context != NULL)
        SSL_CTX_set_info_callback(last_context, handshake_event);
}

static void register_callbacks(void) {
    CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, NULL, context_made, NULL, NULL);
    CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL, connection_made, NULL, NULL);
}

void coffer_tls_wish_begin(const coffer_tls_wishes *wishes) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_callbacks);
    current = wishes;
    last_context = NULL;
    was_fulfilled = false;
}

bool coffer_tls_wish_end(void) {
    current = NULL;
    last_context = NULL;
    return was_fulfilled;
}

// MARK: Connections of our own

static bool trust(SSL_CTX *context, const coffer_tls_settings *settings) {
    if (settings->authorities == NULL) return SSL_CTX_set_default_verify_paths(context) == 1;
    BIO *reader = text_reader(settings->authorities, settings->authority_bytes);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int count = 0;
    while (reader != NULL) {
        X509 *authority = PEM_read_bio_X509(reader, NULL, NULL, NULL);
        if (authority == NULL) break;
        if (X509_STORE_add_cert(store, authority) == 1) count++;
        X509_free(authority);
    }
    BIO_free(reader);
    // A certificate of the server's own, or an intermediate one, may be what is trusted.
    return count > 0 && X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

static SSL *prepared(int socket, SSL_CTX *context, const coffer_tls_settings *settings) {
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return NULL;
    if (!settings->is_unverified && !trust(context, settings)) return NULL;
    SSL *connection = SSL_new(context);
    if (connection == NULL) return NULL;
    SSL_set_mode(connection, SSL_MODE_AUTO_RETRY);
    if (expect(connection, settings->host, settings->is_unverified)
        && (settings->identity == NULL || present(connection, settings->identity))
        && SSL_set_fd(connection, socket) == 1)
        return connection;
    SSL_free(connection);
    return NULL;
}

SSL *coffer_tls_connect(
    int socket, const coffer_tls_settings *settings, char *error, size_t error_bytes) {
    ERR_clear_error();
    snprintf(error, error_bytes, "the connection could not be made");
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) return NULL;
    SSL *connection = prepared(socket, context, settings);
    // The connection keeps it.
    SSL_CTX_free(context);
    if (connection == NULL) {
        ERR_clear_error();
        return NULL;
    }
    if (SSL_connect(connection) == 1) return connection;
    const long verdict = SSL_get_verify_result(connection);
    const unsigned long reason = ERR_peek_last_error();
    if (!settings->is_unverified && verdict != X509_V_OK)
        snprintf(
            error, error_bytes, "the server's certificate is not trusted: %s",
            X509_verify_cert_error_string(verdict));
    else if (reason != 0 && ERR_reason_error_string(reason) != NULL)
        snprintf(error, error_bytes, "%s", ERR_reason_error_string(reason));
    else
        snprintf(error, error_bytes, "the server does not speak TLS, or not in time");
    SSL_free(connection);
    ERR_clear_error();
    return NULL;
}

long coffer_tls_read(SSL *connection, void *buffer, size_t bytes) {
    ERR_clear_error();
    size_t count = 0;
    if (SSL_read_ex(connection, buffer, bytes, &count) == 1) return (long)count;
    const int problem = SSL_get_error(connection, 0);
    ERR_clear_error();
    return problem == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

long coffer_tls_write(SSL *connection, const void *buffer, size_t bytes) {
    ERR_clear_error();
    size_t count = 0;
    const bool done = SSL_write_ex(connection, buffer, bytes, &count) == 1;
    ERR_clear_error();
    return done ? (long)count : -1;
}

bool coffer_tls_has_pending(const SSL *connection) { return SSL_has_pending(connection); }

void coffer_tls_free(SSL *connection) { SSL_free(connection); }
