'use strict';

// Greets everybody: takes no conversation of its own, joins every one that is open as a manager
// and says a word.

const { start, tell, ask, amI } = require('./bot');

const agent = start();
/// The conversations it knows of, and whether it has greeted there.
const known = new Map();

agent.on('connected', () => {
    ask(agent, 'setAgentState', { availability: 'AWAY' }, (answer) => tell('state', { answer }));
    ask(agent, 'subscribeExConversations', { convState: ['OPEN'] }, (answer) => {
        tell('subscribed', { subscription: typeof answer.subscriptionId });
    });
});

agent.on('cqm.ExConversationChangeNotification', (body) => {
    for (const { type, result } of body.changes) {
        const conversation = result.convId;
        if (type === 'DELETE') {
            known.delete(conversation);
            tell('gone', { conversation });
        } else if (!known.has(conversation)) {
            known.set(conversation, false);
            join(conversation);
        } else if (!known.get(conversation) && amI(agent, 'MANAGER', result.conversationDetails)) {
            known.set(conversation, true);
            tell('manager', { conversation, role: result.conversationDetails.getMyRole() });
        }
    }
});

function join(conversationId) {
    const join = { field: 'ParticipantsChange', type: 'ADD', role: 'MANAGER' };
    const body = { conversationId, conversationField: [join] };
    ask(agent, 'updateConversationField', body, (answer) => {
        tell('joined', { conversation: conversationId, answer });
        const event = {
            type: 'ContentEvent',
            contentType: 'text/plain',
            message: 'Good day from the greeting bot',
        };
        ask(agent, 'publishEvent', { dialogId: conversationId, event }, ({ sequence }) => {
            tell('greeted', { conversation: conversationId, sequence });
        });
    });
}
