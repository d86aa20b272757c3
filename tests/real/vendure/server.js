// A Vendure shop without plugins: its own rules of stock are what the tests are about.
'use strict';

const { DefaultLogger, LogLevel, bootstrap, dummyPaymentHandler } = require('@vendure/core');

const { VENDURE_DATABASE, VENDURE_DATABASE_HOST, VENDURE_DATABASE_USER, VENDURE_PASSWORD, VENDURE_PORT } = process.env;

// The tests hold the other end: when they are gone, so is the shop.
process.stdin.resume().on('end', () => process.exit());

bootstrap({
    apiOptions: { hostname: '127.0.0.1', port: Number(VENDURE_PORT), cors: false },
    authOptions: {
        requireVerification: false,
        superadminCredentials: { identifier: 'superadmin', password: VENDURE_PASSWORD },
        tokenMethod: ['bearer', 'api-key'],
    },
    dbConnectionOptions: {
        type: 'postgres',
        host: VENDURE_DATABASE_HOST,
        username: VENDURE_DATABASE_USER,
        database: VENDURE_DATABASE,
        synchronize: true,
    },
    logger: new DefaultLogger({ level: LogLevel.Warn }),
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    plugins: [],
}).catch((error) => {
    console.error(error);
    process.exit(1);
});
