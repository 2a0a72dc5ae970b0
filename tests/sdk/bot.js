'use strict';

// What every bot here has in common: it logs in with nothing but the account, a user and the
// domain of the directory of services, says on stdout what happens, one line of JSON for each
// thing, keeps its socket awake and leaves when it is told to.
//
// Environment: LP_ACCOUNT, LP_USER, LP_PASS, LP_CSDS (host and port). That the private authority
// is trusted is node's own business: NODE_EXTRA_CA_CERTS.

const { Agent } = require('node-agent-sdk');

/// What keeps a socket from being taken for a dead one.
const HEARTBEAT = 30000;
/// Between two tries to come back.
const PAUSE = 500;

/** Says on stdout that something happened. */
function tell(happened, more = {}) {
    process.stdout.write(`${JSON.stringify({ happened, ...more })}\n`);
}

/** An error as it can be told: the text of an exception, or the answer of the cloud. */
function reason(error) {
    if (error instanceof Error) return { message: error.message, code: error.code };
    return { message: error.body, code: error.code };
}

/** Starts an agent that tells of its connection and comes back when it is cut off. */
function start() {
    const { LP_ACCOUNT, LP_USER, LP_PASS, LP_CSDS } = process.env;
    const agent = new Agent({
        accountId: LP_ACCOUNT,
        username: LP_USER,
        password: LP_PASS,
        csdsDomain: LP_CSDS,
    });
    let beating;
    agent.on('connected', () => {
        tell('connected', { agentId: agent.agentId });
        clearInterval(beating);
        const beat = () => ask(agent, 'getClock', {}, (answer) => {
            tell('clock', { time: answer.currentTime });
        });
        beat();
        beating = setInterval(beat, HEARTBEAT);
    });
    agent.on('closed', (code) => {
        clearInterval(beating);
        tell('closed', { code });
        setTimeout(() => agent.reconnect(), PAUSE);
    });
    agent.on('warn', (warning) => tell('warning', warning));
    agent.on('error', (error) => tell('error', reason(error)));
    for (const signal of ['SIGTERM', 'SIGINT']) {
        process.on(signal, () => {
            clearInterval(beating);
            agent.dispose();
            process.exit(0);
        });
    }
    return agent;
}

/** Makes a request of the SDK by its name; an error is told, an answer goes to `then`. */
function ask(agent, name, body, then, metadata) {
    agent[name](body, null, metadata, null, (error, answer) => {
        if (error) {
            tell('refused', { request: name, ...reason(error) });
        } else if (then) {
            then(answer);
        }
    });
}

/** Whether the agent itself takes part in a conversation in this role. */
function amI(agent, role, details) {
    return details.participants.some((one) => one.id === agent.agentId && one.role === role);
}

module.exports = { start, tell, ask, amI };
