#include <openssl/evp.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/ocsp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/random.h>

// A macro of several parts, which Swift does not see.
static const int coffer_keypair_selection = EVP_PKEY_KEYPAIR;
static const int coffer_public_key_selection = EVP_PKEY_PUBLIC_KEY;
